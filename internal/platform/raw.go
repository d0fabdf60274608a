package platform

// RawService makes any call at all with the client's rules: one origin, no redirect, bounded answers, no change sent twice.
type RawService struct{ c *Client }
