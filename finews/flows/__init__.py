"""Making posts: from a stored payload to a page of the site."""
