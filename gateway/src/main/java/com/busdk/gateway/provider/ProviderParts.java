package com.busdk.gateway.provider;

import com.busdk.client.events.EventsClient;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.TokenVerifier;
import com.busdk.gateway.billing.Billing;
import com.busdk.gateway.billing.EventsBilling;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Api;
import com.busdk.gateway.http.HttpService;
import com.busdk.gateway.http.HttpSettings;
import com.busdk.gateway.http.Metrics;
import com.busdk.gateway.http.Route;
import com.busdk.gateway.requests.Requests;
import com.busdk.gateway.requests.ResponseWatch;
import com.busdk.gateway.usage.EventsUsage;
import com.busdk.gateway.usage.MemoryUsage;
import com.busdk.gateway.usage.Usage;
import com.busdk.gateway.usage.UsageSweep;
import com.busdk.gateway.usage.UseKind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a provider is made of, from its options. Any thread; assembled before it is handed out.
 */
public final class ProviderParts {
    /** How long a stop waits for answers that are under way. */
    private static final Duration DRAIN = Duration.ofSeconds(10);

    /** How long it waits at least for records of what was used: an events service that is there takes them at once. */
    private static final Duration LAST_RECORDS = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final CommonOptions options;
    private final TokenVerifier verifier;
    private final @Nullable EventsClient client;
    private final @Nullable Requests requests;
    private final Metrics metrics;
    private final Billing billing;
    private final Usage usage;
    private final List<Supplier<String>> readiness = new ArrayList<>();
    private final List<Supplier<Future<Void>>> closing = new ArrayList<>();
    private @Nullable HttpService http;

    private ProviderParts(
            Vertx vertx,
            CommonOptions options,
            String metricsPrefix,
            TokenVerifier verifier,
            @Nullable EventsClient client) {
        this.vertx = vertx;
        this.options = options;
        this.verifier = verifier;
        this.client = client;
        this.metrics = new Metrics(metricsPrefix);
        this.requests = client == null ? null : new Requests(vertx, client);
        this.billing = options.billing() == Billing.Backend.NONE
                ? Billing.NONE
                : new EventsBilling(requests(), options.requestTimeout());
        this.usage = switch (options.usage()) {
            case NONE -> Usage.NONE;
            case MEMORY -> new MemoryUsage();
            case EVENTS -> new EventsUsage(vertx, client());
        };
        if (requests != null) {
            metrics.gauge("requests.pending", "questions that wait for workers", requests::pending);
        }
    }

    /**
     * Makes them.
     *
     * @param vertx runs them
     * @param options checked
     * @param metricsPrefix of the figures, such as {@code bus.vm.api}
     * @return the parts; fails with {@link com.busdk.client.config.ConfigException} if there is no token
     */
    public static Future<ProviderParts> create(Vertx vertx, CommonOptions options, String metricsPrefix) {
        Future<@Nullable EventsClient> connecting = options.events().isEmpty()
                ? Future.succeededFuture()
                : options.events().get().connect(vertx, options.neededFor()).map(client -> client);
        return connecting.compose(client -> options.tokens()
                .verifier(vertx, options.address())
                .map(verifier -> new ProviderParts(vertx, options, metricsPrefix, verifier, client)));
    }

    /**
     * Runs it.
     *
     * @return the Vert.x
     */
    public Vertx vertx() {
        return vertx;
    }

    /**
     * Talks to the events service.
     *
     * @return the client
     * @throws IllegalStateException if no option needs an events service
     */
    public EventsClient client() {
        if (client == null) {
            throw new IllegalStateException("no backend needs events");
        }
        return client;
    }

    /**
     * Asks workers.
     *
     * @return the requests
     * @throws IllegalStateException if no option needs an events service
     */
    public Requests requests() {
        if (requests == null) {
            throw new IllegalStateException("no backend needs events");
        }
        return requests;
    }

    /**
     * Asks for entitlement.
     *
     * @return the one that the options say
     */
    public Billing billing() {
        return billing;
    }

    /**
     * Records usage.
     *
     * @return the one that the options say
     */
    public Usage usage() {
        return usage;
    }

    /**
     * Has the ends written that providers which were killed have left out, where usage goes to events.
     *
     * @param kinds what this provider records
     * @param mayBegin whether the kinds know by now what they are asked
     */
    public void sweepUsage(List<UseKind> kinds, BooleanSupplier mayBegin) {
        if (options.usage() == Usage.Backend.EVENTS) {
            UsageSweep sweep = new UsageSweep(vertx, client(), usage, kinds, mayBegin, Clock.systemUTC());
            onClose(sweep::close);
            sweep.start();
        }
    }

    /**
     * Adds a reason for which the provider may not be ready.
     *
     * @param because a sentence, empty while there is no such reason
     */
    public void readyUnless(Supplier<String> because) {
        readiness.add(because);
    }

    /**
     * Adds something to be closed with the provider, before its client.
     *
     * @param close closes it
     */
    public void onClose(Supplier<Future<Void>> close) {
        closing.add(close);
    }

    /**
     * Begins to listen for what the provider is asked.
     *
     * @param routes those of the provider; health and figures come by themselves
     * @param responses names of the responses that its backend needs
     * @return completes when it listens; if it fails, all of this is closed
     */
    public Future<Void> open(List<Route> routes, List<String> responses) {
        watch(responses);
        List<Route> all = new ArrayList<>(routes);
        all.add(Route.open("/healthz", () -> Future.succeededFuture(Answer.ok())));
        all.add(Route.open("/readyz", () -> ResponseWatch.ready(readiness).map(_ -> Answer.ok())));
        all.add(Route.open("/metrics", () -> metrics.scrape(vertx)));
        return HttpService.start(vertx, HttpSettings.at(options.address()), metrics, new Api(vertx, verifier, all))
                .<Void>map(service -> {
                    http = service;
                    return null;
                })
                .recover(problem -> close().transform(_ -> Future.failedFuture(problem)));
    }

    private void watch(List<String> responses) {
        if (client == null || !options.listenerRequired()) {
            return;
        }
        List<String> names = new ArrayList<>(responses);
        if (options.billing() == Billing.Backend.EVENTS) {
            names.add(EventsBilling.RESPONSE);
        }
        if (options.usage() == Usage.Backend.EVENTS) {
            names.add(EventsUsage.RESPONSE);
        }
        ResponseWatch watch = ResponseWatch.start(vertx, client, names);
        readyUnless(watch::because);
        onClose(watch::close);
    }

    /**
     * The HTTP service.
     *
     * @return the service, once opened
     */
    public HttpService http() {
        if (http == null) {
            throw new IllegalStateException("not open");
        }
        return http;
    }

    /**
     * Stops it: answers what is under way for a while, then lets go of everything.
     *
     * @return completes when it is closed
     */
    public Future<Void> close() {
        long end = System.nanoTime() + DRAIN.toNanos();
        Future<Void> drained = http == null ? Future.succeededFuture() : http.close(DRAIN);
        return drained.eventually(
                        () -> Future.join(closing.stream().map(Supplier::get).toList()))
                // Last of what speaks: the answers before have left records of what they used.
                .eventually(() -> usage.close(left(end)))
                .eventually(verifier::close)
                .eventually(() -> client == null ? Future.succeededFuture() : client.close())
                .onComplete(_ -> metrics.close());
    }

    /** What is left of the drain, and a moment in any case. */
    private static Duration left(long end) {
        Duration left = Duration.ofNanos(end - System.nanoTime());
        return left.compareTo(LAST_RECORDS) > 0 ? left : LAST_RECORDS;
    }

    /**
     * What stands for a failure in a usage record.
     *
     * @param failure any
     * @return a word of the catalogue
     */
    public static String word(Throwable failure) {
        return failure instanceof ApiException e ? e.type() : ErrorType.INTERNAL.type();
    }
}
