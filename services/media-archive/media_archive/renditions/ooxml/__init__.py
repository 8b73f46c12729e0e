"""The text of office documents (ECMA-376): a package of XML parts, each read once from its beginning to its end."""
