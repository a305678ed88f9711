package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"keyhall/backoffice/ra"
)

// pkiNone is in place of an address where no project's certificates point to their revocation list.
const pkiNone = "none"

// checkPointers refuses projects whose certificates would point to where nobody answers.
func checkPointers(c Config, projects []ra.Project) error {
	var errs []error
	for _, p := range projects {
		if c.PKI.URL == pkiNone && !p.Profile.Unlinked {
			errs = append(errs, fmt.Errorf(`pki.url is "none", but the certificates of project %s are to say where their revocation list is: `+
				`enter the address, or unlinked = true into the project's profile`, p.ID))
		}
	}
	return errors.Join(errs...)
}

// hostShape is a host's name or address as every program reads it in a certificate.
var hostShape = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:.]+\])(:([0-9]+))?$`)

// pointer says what makes pki.url useless in certificates, "" for nothing. Over https a program would have to know first what it asks about.
func (c Config) pointer() string {
	if c.PKI.URL == pkiNone {
		return ""
	}
	u, err := url.Parse(c.PKI.URL)
	switch {
	case err != nil || u.Scheme != "http":
		return "this is none, or begins otherwise"
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.ContainsFunc(c.PKI.URL, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`#"<>\^{|}`+"`", r) }):
		return "it has something that does not belong into one: a space, a name before the host, ?, #, letters that are not ASCII"
	}
	host := hostShape.FindStringSubmatch(u.Host)
	if host == nil || host[5] == "" && strings.HasSuffix(u.Host, ":") {
		return "its host is none that every program reads"
	}
	if port, err := strconv.Atoi(host[6]); host[6] != "" && (err != nil || port < 1 || port > 65535) {
		return "its port is none"
	}
	if ofThisMachine(u.Hostname()) && !all(c.Names, ofThisMachine) {
		return "only this machine reaches it, and kiosks are to reach this one by other names"
	}
	return ""
}

// ofThisMachine reports names and addresses that mean the machine itself to whoever reads them.
func ofThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && (ip.IsLoopback() || ip.IsUnspecified() || ip.IsLinkLocalUnicast()) || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func all(texts []string, is func(string) bool) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return !is(s) })
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
