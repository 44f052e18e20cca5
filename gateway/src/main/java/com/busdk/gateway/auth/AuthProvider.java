package com.busdk.gateway.auth;

import com.busdk.client.sql.Database;
import com.busdk.gateway.http.Api;
import com.busdk.gateway.http.HttpService;
import com.busdk.gateway.http.HttpSettings;
import com.busdk.gateway.http.Metrics;
import com.busdk.gateway.http.Route;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The auth service: register, one-time password, approval, tokens.
 *
 * <pre>{@code
 * AuthProviderOptions options = AuthProviderOptions.read(Map.of("addr", "127.0.0.1:0"), System.getenv());
 * AuthProvider.start(vertx, options).onSuccess(provider -> log.info("at {}", provider.url()));
 * }</pre>
 *
 * <p>Any thread may start and stop it; requests are served on event loops.
 */
public final class AuthProvider {
    private static final Logger LOG = LoggerFactory.getLogger(AuthProvider.class);

    /** How long a stop waits for answers that are under way. */
    private static final Duration DRAIN = Duration.ofSeconds(10);

    /** How often what is over is forgotten: it takes room, and does no harm meanwhile. */
    private static final Duration SWEEP = Duration.ofMinutes(10);

    private final Vertx vertx;
    private final AuthStore store;
    private final AuthTokens tokens;
    private final OtpSender sender;
    private final Metrics metrics;
    private final HttpService http;
    private final long sweepTimer;

    private AuthProvider(
            Vertx vertx, AuthStore store, AuthTokens tokens, OtpSender sender, Metrics metrics, HttpService http) {
        this.vertx = vertx;
        this.store = store;
        this.tokens = tokens;
        this.sender = sender;
        this.metrics = metrics;
        this.http = http;
        this.sweepTimer = vertx.setPeriodic(SWEEP.toMillis(), _ -> sweep());
    }

    /**
     * Starts it.
     *
     * @param vertx runs it; stays the caller's to close
     * @param options checked
     * @return the service, listening; fails with a message for the operator
     */
    public static Future<AuthProvider> start(Vertx vertx, AuthProviderOptions options) {
        return start(vertx, options, Clock.systemUTC());
    }

    static Future<AuthProvider> start(Vertx vertx, AuthProviderOptions options, Clock clock) {
        return Database.open(vertx, options.store(), AuthTables.SCHEMA).compose(database -> {
            OtpCodes codes = new OtpCodes(options.keys().otpKey());
            AuthStore store =
                    new AuthStore(database, clock, codes, options.lives().session());
            return AuthTokens.create(vertx, options.keys(), store, clock)
                    .compose(tokens -> listen(vertx, options, clock, store, tokens))
                    .recover(problem -> store.close().transform(_ -> Future.failedFuture(problem)));
        });
    }

    private static Future<AuthProvider> listen(
            Vertx vertx, AuthProviderOptions options, Clock clock, AuthStore store, AuthTokens tokens) {
        Metrics metrics = new Metrics("bus.auth.api");
        OtpSender sender = OtpSender.of(vertx, options);
        SourceLimits limits = new SourceLimits(clock, options.proxies());
        PublicHandlers open = new PublicHandlers(vertx, store, tokens, sender, limits, metrics);
        AuthRoutes.Handlers handlers = new AuthRoutes.Handlers(
                open,
                new SessionHandlers(store, tokens, options, open::session),
                new OperatorHandlers(store, tokens, options),
                options.keys().jwks(),
                metrics,
                store::ready);
        List<Route> routes = AuthRoutes.of(vertx, handlers);
        return HttpService.start(
                        vertx, HttpSettings.at(options.address()), metrics, new Api(vertx, tokens.others(), routes))
                .map(http -> new AuthProvider(vertx, store, tokens, sender, metrics, http))
                .recover(problem -> sender.close().transform(_ -> {
                    metrics.close();
                    return Future.failedFuture(problem);
                }));
    }

    /**
     * How it is reached from this machine.
     *
     * @return a URL without a trailing slash
     */
    public String url() {
        return http.url();
    }

    /**
     * Where it listens.
     *
     * @return the port
     */
    public int port() {
        return http.port();
    }

    /**
     * The last one-time password for an address, where the sender is {@code memory}: for tests.
     *
     * @param email in its normal form
     * @return the code, or empty if there is none or the sender is another
     */
    public Optional<String> sentCode(String email) {
        return sender instanceof OtpSender.Memory memory ? memory.last(email) : Optional.empty();
    }

    /**
     * Stops it.
     *
     * @return completes when it is closed
     */
    public Future<Void> close() {
        vertx.cancelTimer(sweepTimer);
        return http.close(DRAIN)
                .eventually(sender::close)
                .eventually(tokens::close)
                .eventually(store::close)
                .onComplete(_ -> metrics.close());
    }

    private void sweep() {
        store.sweep()
                .onSuccess(rows -> LOG.debug("{} rows were over", rows))
                .onFailure(problem -> LOG.warn("what is over could not be forgotten: {}", problem.getMessage()));
    }
}
