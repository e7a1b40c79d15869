"""What holders, attendants and technicians are told, in Chinese and English: data, no code."""
