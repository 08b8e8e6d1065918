"""Reading licences outside a case: what a dispute, an inspection task, a letter of request or an incident warrants."""
