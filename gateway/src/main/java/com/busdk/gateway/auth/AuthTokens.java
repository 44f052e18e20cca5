package com.busdk.gateway.auth;

import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenClaims;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.Identity;
import com.busdk.client.identity.TokenVerifier;
import com.busdk.gateway.auth.AuthStore.Begun;
import com.busdk.gateway.http.Head;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Makes tokens, and tells whose token a request carries. A session's token is good only as long as the store knows its
 * session; a service's of the same audience, which an operator has issued, has none and holds until it expires.
 *
 * <p>Any event loop.
 */
final class AuthTokens {
    /** What a session may do here. */
    static final Scopes SESSION_SCOPES = Scopes.parse("status:read token:issue");

    private static final String SCHEME = "Bearer ";

    private final TokenMinter minter;
    private final Clock clock;
    private final AuthStore store;
    private final TokenVerifier sessions;
    private final TokenVerifier others;

    /** A token, and when it ends. */
    record Minted(String token, Instant expiresAt) {
        @Override
        public String toString() {
            return "Minted"; // the token does not print
        }
    }

    /** A session that a request has shown. */
    record Shown(String sessionId, Account account) {}

    private AuthTokens(TokenMinter minter, Clock clock, AuthStore store, TokenVerifier sessions, TokenVerifier others) {
        this.minter = minter;
        this.clock = clock;
        this.store = store;
        this.sessions = sessions;
        this.others = others;
    }

    static Future<AuthTokens> create(TokenMinter minter, KeptKeys keys, AuthStore store, Clock clock) {
        return keys.verifier(AuthKeys.sessions())
                .compose(sessions -> keys.verifier(Audiences.DEFAULT)
                        .map(others -> new AuthTokens(minter, clock, store, sessions, others)));
    }

    /** Verifies tokens of the public and the internal audience. */
    TokenVerifier others() {
        return others;
    }

    Minted session(Begun begun) {
        Duration ttl = Duration.ofMillis(begun.expiresAt() - begun.issuedAt());
        Grant grant = new Grant(begun.account().id(), Scopes.AUDIENCE_AUTH, SESSION_SCOPES, ttl, false);
        return new Minted(
                minter.mint(grant, begun.sessionId(), Instant.ofEpochMilli(begun.issuedAt())),
                Instant.ofEpochMilli(begun.expiresAt()));
    }

    Minted mint(Grant grant) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        return new Minted(minter.mint(grant, UUID.randomUUID().toString(), now), now.plus(grant.ttl()));
    }

    /** The session whose token the request carries; fails with {@code invalid_auth} or, without the scope, with 403. */
    Future<Shown> session(Head head, String scope) {
        String header = authorization(head);
        return verified(sessions, header).compose(identity -> {
            if (identity.service()) {
                return Future.failedFuture(over());
            }
            require(identity, scope);
            return shown(header, identity);
        });
    }

    /**
     * Whoever has one of some scopes of the auth service: a service or operator, or a session.
     *
     * @param scope that is named to who has none of them
     * @param orScopes others that do
     */
    Future<Identity> operator(Head head, String scope, List<String> orScopes) {
        String header = authorization(head);
        return verified(sessions, header).compose(identity -> {
            if (orScopes.stream().noneMatch(identity::hasScope)) {
                require(identity, scope);
            }
            return identity.service()
                    ? Future.succeededFuture(identity)
                    : shown(header, identity).map(_ -> identity);
        });
    }

    /** The claims of whatever token made here the request carries. */
    Future<ObjectNode> check(Head head) {
        String header = authorization(head);
        // Which verifier is asked may be said by the token itself: either believes it only if its signature holds.
        boolean ours = TokenClaims.peek(header.substring(Math.min(header.length(), SCHEME.length()))
                        .strip())
                .map(claims -> claims.audience().contains(Scopes.AUDIENCE_AUTH))
                .orElse(false);
        if (!ours) {
            return verified(others, header).map(_ -> claims(header));
        }
        return verified(sessions, header)
                .compose(identity -> identity.service()
                        ? Future.succeededFuture(claims(header))
                        : shown(header, identity).map(_ -> claims(header)));
    }

    /**
     * As the verifier says, and to the second of {@code exp}: the leeway that it gives is for services whose clock is not
     * that of the token's maker, and here they are one.
     */
    private Future<Identity> verified(TokenVerifier verifier, String header) {
        return verifier.verify(header).compose(identity -> {
            if (clock.instant().getEpochSecond() >= identity.expiresAt()) {
                return Future.failedFuture(ApiException.of(
                        ErrorType.INVALID_AUTH, "The token has expired. Get a token with: bus auth token"));
            }
            return Future.succeededFuture(identity);
        });
    }

    private Future<Shown> shown(String header, Identity identity) {
        String id = claims(header).path("jti").asText("");
        return store.session(id, identity.subject())
                .compose(account -> account.map(known -> Future.succeededFuture(new Shown(id, known)))
                        .orElseGet(() -> Future.failedFuture(over())));
    }

    static ApiException over() {
        return ApiException.of(
                ErrorType.INVALID_AUTH,
                "there is no such session (any more): begin one with bus auth login and bus auth verify");
    }

    private static void require(Identity identity, String scope) {
        if (!identity.hasScope(scope)) {
            throw ApiException.of(ErrorType.INSUFFICIENT_ACCESS, "the token has no scope " + scope)
                    .withScope(scope)
                    .withCommand("bus operator token issue --audience " + Scopes.AUDIENCE_AUTH + " --scope \"" + scope
                            + "\"");
        }
    }

    private static String authorization(Head head) {
        return head.header("Authorization").orElse("");
    }

    /** The claims of a token that was verified before, which is why they can be read. */
    private static ObjectNode claims(String header) {
        String token = header.substring(SCHEME.length()).strip();
        String payload = token.split("\\.", -1)[1];
        return Optional.of(Base64.getUrlDecoder().decode(payload))
                .flatMap(json -> Json.payload(new String(json, StandardCharsets.UTF_8)))
                .orElseThrow(AuthTokens::over);
    }

    Future<Void> close() {
        return sessions.close().eventually(others::close);
    }
}
