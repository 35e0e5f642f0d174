"""What is owed, who is told, and when: pure functions of facts, policy, directory and now."""
