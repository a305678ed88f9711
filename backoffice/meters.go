package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// meters counts for Prometheus.
type meters struct {
	registry *prometheus.Registry
	answers  *prometheus.HistogramVec
	work     *prometheus.CounterVec
	failures *prometheus.CounterVec
}

func newMeters() *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "keyhall_request_seconds", Help: "Answers to kiosks.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10, 60}}, []string{"route", "status"}),
		work:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "keyhall_job_items_total", Help: "Things that jobs did."}, []string{"job"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "keyhall_job_failures_total", Help: "Runs of jobs that failed."}, []string{"job"}),
	}
	m.registry.MustRegister(m.answers, m.work, m.failures, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
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

func (m *meters) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
