package com.busdk.gateway.subscription;

import com.busdk.client.http.ApiException;
import com.busdk.client.http.ErrorType;
import com.busdk.gateway.http.Answer;
import com.busdk.gateway.http.Call;
import com.busdk.gateway.http.Json;
import com.busdk.gateway.http.OpenApi;
import com.busdk.gateway.http.Route;
import com.busdk.gateway.provider.Provider;
import com.busdk.gateway.provider.ProviderParts;
import com.busdk.gateway.requests.Question;
import com.busdk.gateway.requests.Requests;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The billing API as a service: {@code GET /api/v1/billing/status}, {@code POST /api/v1/billing/setup} and
 * {@code /portal}. The account is the token's {@code sub}, never anything in the request; what is answered is the billing
 * worker's, which is asked by events.
 *
 * <pre>{@code
 * BillingProviderOptions options = BillingProviderOptions.read(Map.of("addr", "127.0.0.1:0"), System.getenv());
 * BillingProvider.start(vertx, options).onSuccess(provider -> log.info("at {}", provider.url()));
 * }</pre>
 *
 * <p>Any thread may start and stop it; requests are served on event loops.
 */
public final class BillingProvider extends Provider {
    private static final String READ = "billing:read";
    private static final String SETUP = "billing:setup";

    /** An object with the name of a plan, with room for white space. */
    private static final int MAX_BODY_BYTES = 1 << 10;

    private static final String PLAN = "plan_id";

    /** A plan's name as the worker takes it: printable ASCII without spaces. */
    private static final Pattern PLAN_NAME = Pattern.compile("[!-~]{1,80}");

    private final Requests requests;
    private final Duration timeout;

    private BillingProvider(ProviderParts parts, Duration timeout) {
        super(parts);
        this.requests = parts.requests();
        this.timeout = timeout;
    }

    /**
     * Starts it.
     *
     * @param vertx runs it; stays the caller's to close
     * @param options checked
     * @return the provider, listening; fails with a message for the operator
     */
    public static Future<BillingProvider> start(Vertx vertx, BillingProviderOptions options) {
        return ProviderParts.create(vertx, options.common(), "bus.billing.api").compose(parts -> {
            BillingProvider provider =
                    new BillingProvider(parts, options.common().requestTimeout());
            return parts.open(provider.routes(), BillingEvents.RESPONSES).map(provider);
        });
    }

    private List<Route> routes() {
        return List.of(
                OpenApi.route("/api/v1/billing/openapi.yaml", BillingProvider.class),
                Route.scoped(HttpMethod.GET, "/api/v1/billing/status", READ, 0, this::status),
                Route.scoped(
                        HttpMethod.POST,
                        "/api/v1/billing/setup",
                        SETUP,
                        MAX_BODY_BYTES,
                        call -> session(call, BillingEvents.CHECKOUT, plan(call.body()))),
                // Who may see what is paid, or set it up, may go to where it is changed: the page asks for more than
                // our
                // token.
                Route.scoped(HttpMethod.POST, "/api/v1/billing/portal", READ, MAX_BODY_BYTES, call -> {
                            refuseFields(call.body());
                            return session(call, BillingEvents.PORTAL, Optional.empty());
                        })
                        .orScopes(SETUP));
    }

    private Future<Answer> status(Call call) {
        return ask(call, BillingEvents.STATUS, Optional.empty())
                .compose(answer -> BillingEvents.status(answer, call.caller().subject()))
                .map(status -> Answer.json(200, status));
    }

    private Future<Answer> session(Call call, String name, Optional<String> plan) {
        return ask(call, name, plan)
                .compose(answer -> BillingEvents.url(answer, name))
                .map(url -> Answer.json(200, Json.object().put("url", url)));
    }

    private Future<ObjectNode> ask(Call call, String name, Optional<String> plan) {
        String account = call.caller().subject();
        ObjectNode payload = Json.object().put("account_id", account);
        plan.ifPresent(id -> payload.put(PLAN, id));
        return requests.ask(new Question(
                name,
                account,
                payload,
                "billing-" + UUID.randomUUID(),
                Map.of("request_id", call.requestId()),
                timeout));
    }

    /** The plan that the account is to be on; which ones there are, the worker knows. */
    private static Optional<String> plan(byte[] body) {
        ObjectNode fields = body.length == 0 ? Json.object() : Json.body(body);
        JsonNode plan = fields.path(PLAN);
        if (fields.size() > (plan.isMissingNode() ? 0 : 1)) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "this takes no field but plan_id");
        }
        if (plan.isMissingNode()) {
            return Optional.empty();
        }
        if (!plan.isTextual() || !PLAN_NAME.matcher(plan.textValue()).matches()) {
            throw ApiException.of(
                    ErrorType.BAD_REQUEST, "plan_id is the name of a plan: 1 to 80 characters of ASCII, no spaces");
        }
        return Optional.of(plan.textValue());
    }

    /** A field that was passed over would seem to have had its effect. */
    private static void refuseFields(byte[] body) {
        if (body.length > 0 && !Json.body(body).isEmpty()) {
            throw ApiException.of(ErrorType.BAD_REQUEST, "this takes no fields: send no body, or {}");
        }
    }
}
