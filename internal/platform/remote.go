package platform

// RemoteService opens and closes remote access to machines, and has the platform send them commands.
type RemoteService struct{ c *Client }
