package config

import (
	"errors"
	"net/url"
	"strings"
)

func checkURL(v string) error {
	if v == "" {
		return nil
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must be an address such as http://172.28.233.83:8001")
	case u.User != nil:
		return errors.New("must not hold a user name or password")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("must not hold a query or fragment")
	}
	return nil
}

// showable is a refused address without what may be a secret in it: a password, a query, a fragment.
func showable(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		scheme, _, found := strings.Cut(address, "://")
		if !found {
			scheme = ""
		} else {
			scheme += "://"
		}
		address = scheme + "********" + address[at:]
	}
	if at := strings.IndexAny(address, "?#"); at >= 0 {
		address = address[:at+1] + "********"
	}
	return address
}
