package platform

// DevicesService gives machines identities of their own: API keys and machine tokens. It never uses the client's own token.
type DevicesService struct{ c *Client }
