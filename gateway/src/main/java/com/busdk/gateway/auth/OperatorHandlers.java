package com.busdk.gateway.auth;

import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter.Grant;
import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.client.identity.Identity;
import com.busdk.gateway.auth.Account.Status;
import com.busdk.gateway.auth.AuthTables.Listed;
import com.busdk.gateway.auth.AuthTables.Position;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators and services may ask. Any event loop. */
final class OperatorHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(OperatorHandlers.class);

    /** Shows that a service or an operator asks. */
    private static final String KEY_HEADER = "X-Bus-Internal-Key";

    private static final String READ = "waitlist:read";
    private static final String APPROVE = "waitlist:approve";
    private static final String MANAGE = "admin:manage";

    /** Whose token it is if nobody says. */
    private static final String DEFAULT_SUBJECT = "bus-internal";

    private static final Set<String> AUDIENCES =
            Set.of(Scopes.AUDIENCE_API, Scopes.AUDIENCE_INTERNAL, Scopes.AUDIENCE_AUTH);

    private static final int DEFAULT_LIMIT = 100;

    /** Accounts in one answer: a megabyte at most. */
    private static final int MAX_LIMIT = 1_000;

    /** A sentence on why. */
    private static final int MAX_REASON_CHARS = 500;

    private final AuthStore store;
    private final AuthTokens tokens;
    private final byte @Nullable [] keyHash;
    private final Duration internalTtl;

    OperatorHandlers(AuthStore store, AuthTokens tokens, AuthProviderOptions options) {
        this.store = store;
        this.tokens = tokens;
        this.keyHash = options.internalKey().map(OperatorHandlers::hash).orElse(null);
        this.internalTtl = options.lives().internalToken();
    }

    Future<Answer> waitlist(Call call) {
        return tokens.operator(call.head(), READ, List.of(APPROVE, MANAGE)).compose(_ -> {
            Status status = call.query("status").map(OperatorHandlers::status).orElse(Status.WAITLISTED);
            int limit = call.query("limit").map(OperatorHandlers::limit).orElse(DEFAULT_LIMIT);
            Position after = call.query("after").map(OperatorHandlers::position).orElse(new Position(-1, ""));
            return store.list(status, after, limit + 1).map(listed -> page(listed, limit));
        });
    }

    private static Answer page(List<Listed> listed, int limit) {
        ObjectNode body = Json.object();
        ArrayNode items = body.putArray("items");
        List<Listed> shown = listed.subList(0, Math.min(limit, listed.size()));
        for (Listed one : shown) {
            items.addObject()
                    .put("identity_id", one.account().id())
                    .put("email", one.email())
                    .put("status", one.account().status().word())
                    .put("email_verified", one.account().emailVerified())
                    .put("created_at", Instant.ofEpochMilli(one.createdAt()).toString());
        }
        boolean more = listed.size() > limit;
        body.put("has_more", more);
        if (more) {
            body.put(
                    "next",
                    shown.getLast().createdAt() + "."
                            + shown.getLast().account().id());
        }
        return Answer.json(200, body);
    }

    Future<Answer> decide(Call call, Status status) {
        return tokens.operator(call.head(), APPROVE, List.of(MANAGE)).compose(operator -> {
            Fields fields = Fields.of(call.body());
            EmailAddress address = fields.email();
            String reason = fields.text("reason").orElse(null);
            if (reason != null && !isReason(reason)) {
                throw Fields.bad("reason is a line of at most " + MAX_REASON_CHARS + " characters");
            }
            return store.decide(address, status, reason, operator.subject())
                    .map(account -> decided(account, status, operator));
        });
    }

    /** A line that either database stores: none takes half a character, and one takes no NUL. */
    private static boolean isReason(String text) {
        return text.length() <= MAX_REASON_CHARS
                && text.chars().noneMatch(Character::isISOControl)
                && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static Answer decided(Optional<Account> account, Status status, Identity operator) {
        Account changed = account.orElseThrow(() -> ApiException.of(
                ErrorType.NOT_FOUND, "nobody has registered with this address: see bus operator auth waitlist"));
        LOG.info("account {} was {} by {}", changed.id(), status.word(), operator.subject());
        return Answer.json(
                200,
                Json.object()
                        .put("identity_id", changed.id())
                        .put("status", changed.status().word()));
    }

    /** A token for a service: whoever has the key may have one of any audience and scope. */
    Future<Answer> internalToken(Call call) {
        String key = call.head().header(KEY_HEADER).orElse("");
        // Hashes of one length, so that the comparison takes as long for any key.
        if (keyHash == null || !MessageDigest.isEqual(hash(key), keyHash)) {
            throw ApiException.of(
                    ErrorType.INSUFFICIENT_ACCESS,
                    "this is for those who have the internal key, in the header " + KEY_HEADER);
        }
        Fields fields = Fields.of(call.body());
        String audience = fields.text("audience").orElse(Scopes.AUDIENCE_INTERNAL);
        if (!AUDIENCES.contains(audience)) {
            throw Fields.bad("audience is one of "
                    + String.join(", ", AUDIENCES.stream().sorted().toList()));
        }
        Scopes scopes = fields.scopes();
        Duration ttl = fields.ttl(internalTtl, AuthProviderOptions.MAX_TOKEN_TTL);
        String subject = fields.text("subject").orElse(DEFAULT_SUBJECT);
        Grant grant;
        try {
            // The verifiers' own rule for subjects: a token that nobody takes is not made.
            new Identity(subject, audience, true, scopes.words(), 0);
            grant = new Grant(subject, audience, scopes, ttl, true);
        } catch (IllegalArgumentException e) {
            throw Fields.bad(String.valueOf(e.getMessage()));
        }
        LOG.info("a token for {} was issued to a service: {}", audience, scopes);
        return Future.succeededFuture(SessionHandlers.issued(tokens.mint(grant), audience, scopes));
    }

    private static Status status(String word) {
        for (Status status : Status.values()) {
            if (status.word().equals(word)) {
                return status;
            }
        }
        throw Fields.bad("status is waitlisted, approved or rejected");
    }

    private static int limit(String text) {
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw Fields.bad("limit is 1 to " + MAX_LIMIT);
    }

    private static Position position(String text) {
        int dot = text.indexOf('.');
        try {
            String id = UUID.fromString(text.substring(dot + 1)).toString();
            return new Position(Long.parseLong(text.substring(0, Math.max(0, dot))), id);
        } catch (IllegalArgumentException e) {
            throw Fields.bad("after is the next of an answer before, as it was");
        }
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
