package visit

import "context"

// FindCertificate logs in from the home screen and opens the first certificate of the service.
func (c *Customer) FindCertificate(ctx context.Context, a Application) error {
	return Do(ctx,
		c.Pressing("action.orders"),
		c.Filling("login", a.Login), c.Filling("password", a.Password), c.Pressing("action.login"),
		c.Pressing("action.certificates"), c.Seeing("certificates.title"),
		c.PressingNamed(a.Service), c.Seeing("certificate.offers"),
	)
}

// ReportLost reports the key of the certificate that is open, and looks at it again.
func (c *Customer) ReportLost(ctx context.Context, a Application) error {
	return Do(ctx,
		c.Pressing("action.report_lost"), c.Seeing("form.lost.title"),
		c.Pressing("action.understood"), c.Seeing("form.lost_sure.title"),
		c.Pressing("action.report_lost"), c.Seeing("notice.reported_lost.title"),
		c.Pressing("action.close"), c.Seeing("certificates.title"), c.PressingNamed(a.Service), c.Seeing("certificate.about.lost"),
	)
}

// RestoreLost restores the key of the certificate that is open, which is plugged in, and looks at it again.
func (c *Customer) RestoreLost(ctx context.Context, a Application, pin string) error {
	return Do(ctx,
		c.Pressing("action.restore_lost"), c.Seeing("form.found.title"),
		c.Filling("key_pin", pin), c.Pressing("action.restore_lost"), c.Seeing("notice.restored_lost.title"),
		c.Pressing("action.close"), c.Seeing("certificates.title"), c.PressingNamed(a.Service), c.Seeing("certificate.about.active"),
	)
}
