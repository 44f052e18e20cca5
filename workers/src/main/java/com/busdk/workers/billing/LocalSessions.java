package com.busdk.workers.billing;

import com.busdk.client.event.Envelope;
import com.busdk.client.text.Echo;
import com.busdk.workers.store.Fields;
import com.busdk.workers.store.Store;
import io.vertx.core.Future;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Pages that nobody pays at, for a stack without a payment provider: the URL follows from the account, and asking for it is
 * all that it takes to be active. Any thread; has no state of its own.
 */
final class LocalSessions implements Sessions, BillingTables.LocalPlan {
    /** What the providers of this system ask for before they do something. */
    private static final List<String> FEATURES = List.of("container:run", "llm:proxy", "vm:write");

    private final Store store;
    private final String base;
    private final Plans plans;
    private final Clock clock;

    LocalSessions(Store store, URI base, Plans plans, Clock clock) {
        this.store = store;
        String text = base.toString();
        this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        this.plans = plans;
        this.clock = clock;
    }

    @Override
    public Future<String> checkout(Envelope request, Account account, Optional<String> plan) {
        if (plan.isPresent() && !plan.get().equals(defaultId()) && !plans.isOffered(plan.get())) {
            throw Fields.bad("there is no plan " + Echo.quote(plan.get()));
        }
        String key = "checkout:" + request.id();
        return store.write(connection -> {
            BillingTables.activate(connection, key, account, plan, this, clock.instant());
            return page("checkout", account);
        });
    }

    @Override
    public Future<String> portal(Envelope request, Account account) {
        return Future.succeededFuture(page("portal", account));
    }

    @Override
    public String defaultId() {
        return plans.defaultId();
    }

    @Override
    public List<String> features(String plan) {
        Set<String> features = new LinkedHashSet<>(FEATURES);
        plans.quotas(plan).forEach(quota -> features.add(quota.feature()));
        // Whoever moves there for more of something has that there, too.
        plans.quotasBefore(plan).forEach(quota -> features.add(quota.feature()));
        return new ArrayList<>(features);
    }

    private String page(String kind, Account account) {
        String segment = URLEncoder.encode(account.key(), StandardCharsets.UTF_8);
        return base + "/" + kind + "/" + segment;
    }
}
