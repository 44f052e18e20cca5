package com.busdk.gateway.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** The figures of a service's {@code /metrics}. Any thread. */
public final class Metrics implements AutoCloseable {
    /** Other methods are counted together: a stranger does not make new figures. */
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicInteger open = new AtomicInteger();
    private final Counter invalid;
    private final String prefix;

    /**
     * Figures of one service.
     *
     * @param prefix of their names, such as {@code bus.gateway}
     */
    public Metrics(String prefix) {
        this.prefix = prefix;
        this.invalid = counter("invalid.requests", "requests that were not HTTP");
        gauge("requests.open", "requests that wait for their answers or its end", open::get);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    /**
     * A counter.
     *
     * @param name behind the prefix, parts with dots between them
     * @param what it counts
     * @return the counter
     */
    public Counter counter(String name, String what) {
        return Counter.builder(prefix + "." + name).description(what).register(registry);
    }

    /**
     * A gauge.
     *
     * @param name behind the prefix
     * @param what it shows
     * @param value is asked at each scrape
     */
    public void gauge(String name, String what, Supplier<Number> value) {
        Gauge.builder(prefix + "." + name, value).description(what).register(registry);
    }

    void begin() {
        open.incrementAndGet();
    }

    void end(HttpMethod method, int status, long nanos) {
        open.decrementAndGet();
        Timer.builder(prefix + ".requests")
                .description("requests that were answered, and how long their answers took to their end")
                .tag("method", METHODS.contains(method.name()) ? method.name() : "other")
                .tag("status", Integer.toString(status))
                .minimumExpectedValue(Duration.ofMillis(1))
                .register(registry)
                .record(nanos, TimeUnit.NANOSECONDS);
    }

    void invalid() {
        invalid.increment();
    }

    /**
     * All figures in Prometheus' text format.
     *
     * @param vertx has the threads for it: a scrape takes milliseconds
     * @return the answer to {@code GET /metrics}
     */
    public Future<Answer> scrape(Vertx vertx) {
        return vertx.executeBlocking(registry::scrape, false).map(text -> new Answer(200, TYPE, Buffer.buffer(text)));
    }

    @Override
    public void close() {
        registry.close();
    }
}
