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

    /** How often what is over is forgotten, and the key that signs kept on: what is over does no harm meanwhile. */
    private static final Duration SWEEP = Duration.ofMinutes(10);

    private final Vertx vertx;
    private final AuthStore store;
    private final KeptKeys keys;
    private final AuthTokens tokens;
    private final OtpSender sender;
    private final PublicHandlers open;
    private final Metrics metrics;
    private final HttpService http;
    private final long sweepTimer;

    private AuthProvider(
            Vertx vertx, Core core, OtpSender sender, PublicHandlers open, Metrics metrics, HttpService http) {
        this.vertx = vertx;
        this.store = core.store();
        this.keys = core.keys();
        this.tokens = core.tokens();
        this.sender = sender;
        this.open = open;
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
        return Database.open(vertx, options.store(), AuthTables.SCHEMA)
                .compose(database -> start(vertx, options, clock, database)
                        .recover(problem -> database.close().transform(_ -> Future.failedFuture(problem))));
    }

    private static Future<AuthProvider> start(
            Vertx vertx, AuthProviderOptions options, Clock clock, Database database) {
        Future<AuthStore> opening = KeptKeys.otpKey(database, options.keys())
                .map(key -> new AuthStore(
                        database, clock, new OtpCodes(key), options.lives().session()));
        Future<KeptKeys> reading =
                KeptKeys.open(database, clock, options.keys(), options.lives().longest(), options.keepsOldKeys());
        return opening.compose(store ->
                reading.compose(keys -> AuthTokens.create(options.keys().minter(clock), keys, store, clock)
                        .compose(tokens -> listen(vertx, options, clock, new Core(store, keys, tokens)))));
    }

    /** What remembers. */
    private record Core(AuthStore store, KeptKeys keys, AuthTokens tokens) {}

    private static Future<AuthProvider> listen(Vertx vertx, AuthProviderOptions options, Clock clock, Core core) {
        AuthStore store = core.store();
        AuthTokens tokens = core.tokens();
        tokens.others().warnings().forEach(LOG::warn);
        options.weaknesses().forEach(LOG::warn);
        Metrics metrics = new Metrics("bus.auth.api");
        OtpSender sender = OtpSender.of(vertx, options);
        SourceLimits limits = new SourceLimits(clock, options.proxies(), options.limits());
        PublicHandlers open = new PublicHandlers(vertx, store, tokens, sender, limits, metrics);
        AuthRoutes.Handlers handlers = new AuthRoutes.Handlers(
                open,
                new SessionHandlers(store, tokens, options, open::session),
                new OperatorHandlers(store, tokens, options),
                core.keys()::published,
                metrics,
                store::ready);
        List<Route> routes = AuthRoutes.of(vertx, handlers);
        return HttpService.start(
                        vertx, HttpSettings.at(options.address()), metrics, new Api(vertx, tokens.others(), routes))
                .map(http -> new AuthProvider(vertx, core, sender, open, metrics, http))
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

    /** How many one-time passwords are on their way, which they are behind the answer. */
    int sending() {
        return open.sending();
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
        keys.renew().onFailure(problem -> LOG.warn("the signing key could not be kept on: {}", problem.getMessage()));
    }
}
