### Practice, care for those who read, and second eyes: what staff see.

desk-deed-demo_filled = Filled the practice desk with made-up reports
