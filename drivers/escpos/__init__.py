"""Receipt printers that speak ESC/POS, on a serial line, a USB node or the network."""
