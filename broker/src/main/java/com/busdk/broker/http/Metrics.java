package com.busdk.broker.http;

import com.busdk.broker.backend.Backend;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * The figures of {@code /metrics}. Nothing is measured here: each scrape reads what the parts of the service count
 * anyhow. Any thread.
 */
public final class Metrics implements AutoCloseable {
    private static final String PREFIX = "bus.events.";
    private static final String TOTAL = "_total";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ServiceStats stats;
    private final Backend backend;

    /** What turned up at a scrape and has been added. */
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    public Metrics(ServiceStats stats, Backend backend) {
        this.stats = stats;
        this.backend = backend;
        counter("requests", "requests of any kind", ServiceStats::requests);
        counter("publishes", "batches of events that were stored", ServiceStats::publishes);
        counter("published.events", "events that were stored", ServiceStats::events);
        counter("duplicates", "events whose idempotency key was known", ServiceStats::duplicates);
        counter("stored.bytes", "bytes of stored events", ServiceStats::bytes);
        counter(
                "delivered.events",
                "events written to streams",
                s -> s.streams().events());
        counter("delivered.bytes", "bytes of them", s -> s.streams().bytes());
        counter(
                "streams.stalled",
                "streams closed because they took nothing",
                s -> s.streams().stalledCount());
        gauge("streams.open", "streams that are open", s -> s.streams().open());
        gauge("connections.open", "connections that are open", ServiceStats::connections);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    private void counter(String name, String what, ToDoubleFunction<ServiceStats> value) {
        FunctionCounter.builder(PREFIX + name, stats, value).description(what).register(registry);
    }

    private void gauge(String name, String what, ToDoubleFunction<ServiceStats> value) {
        Gauge.builder(PREFIX + name, stats, value).description(what).register(registry);
    }

    /** All figures in Prometheus' text format. Takes a millisecond or so: not for an event loop. */
    String scrape() {
        stats.errors().forEach(this::addError);
        backend.gauges().keySet().forEach(this::addOfBackend);
        return registry.scrape();
    }

    private void addError(String type, LongAdder count) {
        if (known.add("errors " + type)) {
            FunctionCounter.builder(PREFIX + "errors", count, LongAdder::sum)
                    .description("answers that were errors, by type")
                    .tag("type", type)
                    .register(registry);
        }
    }

    private void addOfBackend(String name) {
        if (!known.add(name)) {
            return;
        }
        ToDoubleFunction<Backend> value = from -> from.gauges().getOrDefault(name, Double.NaN);
        if (name.endsWith(TOTAL)) {
            String base = name.substring(0, name.length() - TOTAL.length());
            FunctionCounter.builder(PREFIX + base, backend, value).register(registry);
        } else {
            Gauge.builder(PREFIX + name, backend, value).register(registry);
        }
    }

    @Override
    public void close() {
        registry.close();
    }
}
