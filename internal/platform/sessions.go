package platform

// SessionsService creates and follows the sessions of people at a machine.
type SessionsService struct{ c *Client }
