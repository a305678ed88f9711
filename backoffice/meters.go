package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"keyhall/backoffice/book"
)

// meters counts for Prometheus.
type meters struct {
	registry *prometheus.Registry
	answers  *prometheus.HistogramVec
	work     *prometheus.CounterVec
	failures *prometheus.CounterVec
	// Of the audit trail.
	unsealed, unwritten, months prometheus.Gauge
	unfit                       *prometheus.CounterVec
	givenUp                     *prometheus.GaugeVec
}

func newMeters() *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "keyhall_request_seconds", Help: "Answers to kiosks.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10, 60}}, []string{"route", "status"}),
		work:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "keyhall_job_items_total", Help: "Things that jobs did."}, []string{"job"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "keyhall_job_failures_total", Help: "Runs of jobs that failed."}, []string{"job"}),
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	m.unsealed = gauge("keyhall_audit_unsealed_seconds", "Age of the oldest line of the audit trail that is not sealed; alarm over 600.")
	m.unwritten = gauge("keyhall_audit_checkpoint_lag_seconds", "Age of the oldest sealed set without a checkpoint in the file; alarm over 3600.")
	m.months = gauge("keyhall_audit_months_ahead", "Months of the audit trail whose partition is made already; alarm under 2.")
	m.registry.MustRegister(m.unsealed, m.unwritten, m.months)
	m.unfit = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "keyhall_certificates_unfit_total",
		Help: "Certificates that the CA signed against its rules and nobody got: more than 0 wants somebody to look."}, []string{"kind"})
	m.givenUp = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "keyhall_jobs_given_up",
		Help: "Jobs that failed in all their tries, and text messages that could not be sent; alarm over 0, the console's page tells why."}, []string{"job"})
	m.registry.MustRegister(m.givenUp, m.answers, m.work, m.failures, m.unfit, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *meters) answered(route string, status int, took time.Duration) {
	m.answers.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *meters) worked(job string, n int, err error) {
	m.work.WithLabelValues(job).Add(float64(n))
	failed := m.failures.WithLabelValues(job)
	if err != nil {
		failed.Inc()
	}
}

func (m *meters) trail(h book.TrailHealth) {
	m.unsealed.Set(h.Unsealed.Seconds())
	m.unwritten.Set(h.Unwritten.Seconds())
	m.months.Set(float64(h.MonthsMade))
}

// unfitFor counts a certificate of a kind that was not given away.
func (m *meters) unfitFor(kind book.SignedKind) { m.unfit.WithLabelValues(string(kind)).Inc() }

func (m *meters) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
