"""Ground floor: the nouns and vocabulary that every room shares; no room's logic lives here."""
