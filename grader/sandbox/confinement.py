from __future__ import annotations
import os
def die_with_parent(parent): pass
def undumpable(): pass
class Uids:
    def take(self, request): return None
    def give_back(self, uid): pass
def kill_all_of(uid): pass
def close_descriptors(keep):
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    null_w = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_w, 1); os.dup2(null_w, 2)
    if keep != 3: os.dup2(keep, 3, inheritable=False)
    os.closerange(4, 4096)
    return 3
def confine(request, uid): return {}
