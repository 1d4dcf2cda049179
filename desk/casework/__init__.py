"""What people do with cases: who has one, how far it is, which reports belong to it."""
