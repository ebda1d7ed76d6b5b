def attempt_all(attempts): return []
