"""Disputes about licences (纠错): what is missing or wrong is put to the issuer with a deadline, and answered."""
