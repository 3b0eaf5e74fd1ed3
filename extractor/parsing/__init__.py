"""What people say, read by code: numbers, money, times, titles, and who decides."""
