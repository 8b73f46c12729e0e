"""How files go out: signed addresses, checked again for whoever comes with one."""
