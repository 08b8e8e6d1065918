"""Supervision after an approval (审管衔接): hand-offs, commitments to check, results, proposed penalties."""
