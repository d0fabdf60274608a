package platform

// BalanceService reads what deposits have paid to the token's own user.
type BalanceService struct{ c *Client }
