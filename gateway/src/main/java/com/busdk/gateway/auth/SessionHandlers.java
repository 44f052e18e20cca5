package com.busdk.gateway.auth;

import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.text.Echo;
import com.busdk.gateway.auth.AuthTokens.Minted;
import com.busdk.gateway.auth.AuthTokens.Shown;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** What the holder of a session may ask. Any event loop. */
final class SessionHandlers {
    private static final String STATUS = "status:read";
    private static final String ISSUE = "token:issue";

    private final AuthStore store;
    private final AuthTokens tokens;
    private final Scopes userScopes;
    private final Duration apiTtl;
    private final Function<AuthStore.Begun, Answer> session;

    SessionHandlers(
            AuthStore store,
            AuthTokens tokens,
            AuthProviderOptions options,
            Function<AuthStore.Begun, Answer> session) {
        this.store = store;
        this.tokens = tokens;
        this.userScopes = options.userScopes();
        this.apiTtl = options.lives().apiToken();
        this.session = session;
    }

    Future<Answer> status(Call call) {
        return tokens.session(call.head(), STATUS)
                .map(Shown::account)
                .map(account -> Answer.json(
                        200,
                        Json.object()
                                .put("identity_id", account.id())
                                .put("status", account.status().word())
                                .put("email_verified", account.emailVerified())));
    }

    Future<Answer> token(Call call) {
        return tokens.session(call.head(), ISSUE).map(shown -> {
            Fields fields = Fields.of(call.body());
            Scopes scopes = fields.scopes();
            if (scopes.words().isEmpty()) {
                throw Fields.bad("scope is not there: say what the token is for, such as \"vm:read\"");
            }
            Duration ttl = fields.ttl(apiTtl, AuthProviderOptions.MAX_TOKEN_TTL);
            checkAudience(fields);
            checkStatus(shown.account());
            checkScopes(scopes);
            return issued(
                    tokens.mint(new Grant(shown.account().id(), Scopes.AUDIENCE_API, scopes, ttl, false)),
                    Scopes.AUDIENCE_API,
                    scopes);
        });
    }

    /** A user's token is for the public API, whatever is asked for. */
    private static void checkAudience(Fields fields) {
        fields.text("audience")
                .filter(asked -> !asked.equals(Scopes.AUDIENCE_API))
                .ifPresent(asked -> {
                    throw ApiException.of(
                            ErrorType.INSUFFICIENT_ACCESS,
                            "users get tokens of the audience " + Scopes.AUDIENCE_API + ", not of "
                                    + Echo.quote(asked));
                });
    }

    private static void checkStatus(Account account) {
        switch (account.status()) {
            case APPROVED -> {}
            case WAITLISTED ->
                throw ApiException.of(
                                ErrorType.INSUFFICIENT_ACCESS,
                                "the account waits for an operator's approval: see bus auth status")
                        .withCommand("bus auth status");
            case REJECTED ->
                throw ApiException.of(ErrorType.INSUFFICIENT_ACCESS, "the account was rejected by an operator");
        }
    }

    private void checkScopes(Scopes asked) {
        List<String> others =
                asked.words().stream().filter(word -> !userScopes.has(word)).toList();
        if (!others.isEmpty()) {
            throw ApiException.of(
                    ErrorType.INSUFFICIENT_ACCESS,
                    "users do not get " + Echo.of(String.join(" ", others)) + " here; what they may ask for is "
                            + (userScopes.words().isEmpty() ? "nothing" : userScopes));
        }
    }

    static Answer issued(Minted minted, String audience, Scopes scopes) {
        return Answer.json(
                200,
                Json.object()
                        .put("access_token", minted.token())
                        .put("token_type", "Bearer")
                        .put("expires_at", minted.expiresAt().toString())
                        .put("audience", audience)
                        .put("scope", scopes.toString()));
    }

    Future<Answer> refresh(Call call) {
        return tokens.session(call.head(), STATUS)
                .compose(shown ->
                        store.refresh(shown.sessionId(), shown.account().id()))
                .map(begun -> session.apply(begun.orElseThrow(AuthTokens::over)));
    }

    Future<Answer> logout(Call call) {
        return tokens.session(call.head(), STATUS)
                .compose(
                        shown -> store.logout(shown.sessionId(), shown.account().id()))
                .map(ended -> {
                    if (!ended) {
                        throw AuthTokens.over();
                    }
                    return new Answer(204, Answer.JSON, Buffer.buffer());
                });
    }

    Future<Answer> check(Call call) {
        return tokens.check(call.head()).map(claims -> Answer.json(200, claims));
    }
}
