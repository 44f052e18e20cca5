package com.busdk.gateway.requests;

import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.auth.TokenException;
import com.busdk.client.auth.TokenSource;
import com.busdk.client.config.BusDirs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.ServiceUrls;
import com.busdk.client.config.Settings;
import com.busdk.client.events.EventsClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the events service is, and the token with which a provider speaks to it for its callers. Immutable.
 *
 * @param collection the collection's URL
 * @param token a service token: only such a one may say for whom it asks
 */
public record EventsAccess(URI collection, TokenSource token) {
    private static final Logger LOG = LoggerFactory.getLogger(EventsAccess.class);
    private static final String URL_FLAG = "events-url";
    private static final String URL_VARIABLE = "BUS_EVENTS_API_URL";

    /**
     * Tells settings under which name the URL is known everywhere.
     *
     * @param settings a provider's
     * @return the same with the alias
     */
    public static Settings alias(Settings settings) {
        return settings.alias(URL_FLAG, URL_VARIABLE);
    }

    /**
     * Whether an events service is named at all.
     *
     * @param settings a provider's, with {@link #alias}
     * @return true if a flag or variable names one
     */
    public static boolean isGiven(Settings settings) {
        return settings.find(URL_FLAG).isPresent();
    }

    /**
     * Reads both where a backend needs them.
     *
     * @param settings a provider's, with {@link #alias}
     * @param environment the environment
     * @param neededFor the options that need it, for the message
     * @return the access
     * @throws ConfigException if the URL is missing or wrong
     */
    public static EventsAccess read(Settings settings, Map<String, String> environment, String neededFor) {
        String url = settings.find(URL_FLAG)
                .filter(text -> !text.isBlank())
                .orElseThrow(() -> new ConfigException(
                        settings.describe(URL_FLAG),
                        "is not set, and " + neededFor + " needs it: give the address of the events service, such as"
                                + " http://127.0.0.1:8081"));
        Optional<Path> file = settings.read("token-file", Path::of);
        TokenSource token;
        try {
            token = TokenSource.resolve(
                    file.orElse(null),
                    environment,
                    TokenSource.EVENTS_VARIABLES,
                    BusDirs.of(environment),
                    warning -> LOG.warn("{}", warning));
        } catch (TokenException e) {
            throw noToken(e, neededFor);
        }
        return new EventsAccess(ServiceUrls.eventsCollection(url), token);
    }

    /**
     * Makes the client, once it is known that there is a token.
     *
     * @param vertx runs it
     * @param neededFor the options that need it, for the message
     * @return the client; fails with {@link ConfigException} if there is no token
     */
    public Future<EventsClient> connect(Vertx vertx, String neededFor) {
        return vertx.executeBlocking(() -> {
                    try {
                        return token.token();
                    } catch (TokenException e) {
                        throw noToken(e, neededFor);
                    }
                })
                .map(text -> {
                    TokenClaims.peek(text)
                            .filter(claims -> !isService(claims))
                            .ifPresent(_ -> LOG.warn(
                                    "the token for the events service is a user's: it cannot ask for others. Use one of"
                                            + " `bus operator token issue`"));
                    return EventsClient.create(vertx, collection, token);
                });
    }

    /**
     * Whether the token looks as if it were for internal services and had a scope. The events service alone decides.
     *
     * @param vertx reads the token
     * @param scope the scope
     * @return false too where there is no token now, or one that cannot be looked into
     */
    public Future<Boolean> isInternalWith(Vertx vertx, String scope) {
        return vertx.executeBlocking(token::token)
                .map(text -> TokenClaims.peek(text)
                        .filter(claims -> claims.audience().contains(Scopes.AUDIENCE_INTERNAL)
                                && claims.scopes().has(scope))
                        .isPresent())
                .otherwise(false);
    }

    private static boolean isService(TokenClaims claims) {
        return claims.service() || claims.audience().contains(Scopes.AUDIENCE_INTERNAL);
    }

    private static ConfigException noToken(TokenException cause, String neededFor) {
        return new ConfigException(
                "--token-file (BUS_API_TOKEN)",
                "there is no token for the events service, and " + neededFor + " needs one: " + cause.getMessage());
    }
}
