"""What disturbs a conversation: partners that press, distract or contradict, prompts reworded, personas taken away."""
