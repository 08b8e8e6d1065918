"""What a decision leads to (谁办理谁入库): the licence in the same unit, or a task for the issuer's own system."""
