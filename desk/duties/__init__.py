"""What the law asks of whoever knows: which duty a case has, by when, and where it was handed on."""
