/* What the cost of being preloaded is measured against: nothing. */
