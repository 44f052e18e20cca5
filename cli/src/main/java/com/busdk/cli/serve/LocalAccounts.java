package com.busdk.cli.serve;

import com.busdk.cli.files.PrivateFiles;
import com.busdk.gateway.auth.AuthProvider;
import com.busdk.gateway.auth.AuthProviderOptions;
import com.busdk.gateway.collector.UsageProvider;
import com.busdk.gateway.collector.UsageProviderOptions;
import com.busdk.gateway.subscription.BillingProvider;
import com.busdk.gateway.subscription.BillingProviderOptions;
import com.busdk.workers.billing.BillingWorkerKind;
import com.busdk.workers.run.WorkerRun;
import com.busdk.workers.usage.UsageWorkerKind;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The accounts of the local stack: auth service, usage and billing workers with their databases in the data directory, and
 * the APIs before them.
 *
 * <p>Thread: the command's, which waits for each to start.
 */
final class LocalAccounts {
    /** File with the plans and their quotas, below the data directory: made at the first start, and the user's then. */
    static final String QUOTA_FILE = "quota.json";

    /** What an account of the stack may ask for: what its parts do for users, and events of one's own. */
    private static final String USER_SCOPES = "events:send events:listen vm:read vm:write container:read container:run"
            + " container:delete billing:read billing:setup llm:proxy";

    private static final String USER_SCOPES_VARIABLE = "BUS_AUTH_API_USER_SCOPES";
    private static final String USER_RESOURCES_VARIABLE = "BUS_AUTH_API_USER_RESOURCES";
    private static final String SENDER_VARIABLE = "BUS_AUTH_OTP_SENDER";
    private static final String QUOTA_VARIABLE = "BUS_BILLING_QUOTA_CONFIG";
    private static final String POLICY_VARIABLE = "BUS_USAGE_BILLING_EXPORT_POLICY";

    private LocalAccounts() {}

    /**
     * Starts them.
     *
     * @param internalKey file with the auth service's key for services and operators, unless the user has given one
     * @return where they are, as flags of the gateway
     */
    static Map<String, String> start(LocalParts parts, LocalServices.Plan plan, Optional<Path> internalKey)
            throws InterruptedException, IOException {
        Path data = plan.data();
        WorkerRun usage = parts.worker(
                UsageWorkerKind.NAME,
                Map.of("usage-backend", "sqlite", "billing-export", parts.isSet(POLICY_VARIABLE) ? "file" : "default"),
                Map.of("BUS_USAGE_DATABASE_URL", database(data, "usage.db")),
                context -> new UsageWorkerKind().create(context));
        WorkerRun billing = parts.worker(
                BillingWorkerKind.NAME,
                Map.of("store-backend", "sqlite", "quota-config", quotas(parts, data)),
                Map.of("BUS_BILLING_DATABASE_URL", database(data, "billing.db")),
                context -> new BillingWorkerKind().create(context));
        AuthProvider auth = parts.started(startAuth(parts, plan, internalKey), "the auth service", AuthProvider::close);
        plan.awaitRunning(usage, "the usage worker");
        plan.awaitRunning(billing, "the billing worker");
        UsageProvider collector = parts.started(
                UsageProvider.start(parts.vertx(), UsageProviderOptions.read(parts.flags(), parts.variables())),
                "the usage API",
                UsageProvider::close);
        BillingProvider subscriptions = parts.started(
                BillingProvider.start(parts.vertx(), BillingProviderOptions.read(parts.flags(), parts.variables())),
                "the billing API",
                BillingProvider::close);
        return Map.of("auth-url", auth.url(), "usage-url", collector.url(), "billing-url", subscriptions.url());
    }

    private static Future<AuthProvider> startAuth(
            LocalParts parts, LocalServices.Plan plan, Optional<Path> internalKey) {
        var flags = new HashMap<String, String>();
        flags.put("addr", LocalParts.address(0));
        flags.put("store-path", plan.data().toAbsolutePath().resolve("auth.db").toString());
        if (!parts.isSet(SENDER_VARIABLE)) {
            flags.put("otp-sender", "console");
        }
        if (!parts.isSet(USER_SCOPES_VARIABLE) && !parts.isSet(USER_RESOURCES_VARIABLE)) {
            flags.put("api-user-scopes", USER_SCOPES);
        }
        internalKey.ifPresent(file -> flags.put("internal-key-file", file.toString()));
        var variables = new HashMap<>(parts.variables());
        // The same secret is in the variable that the user sets: a warning of a short one names that.
        variables.remove("BUS_AUTH_HS256_SECRET");
        AuthProviderOptions options = AuthProviderOptions.readLocal(flags, variables);
        return AuthProvider.start(parts.vertx(), options.withConsole(plan.passwords()));
    }

    private static String database(Path data, String name) {
        return "sqlite:" + data.toAbsolutePath().resolve(name);
    }

    /** The file that the user named, else that of the data directory, which is made if it is not there. */
    private static String quotas(LocalParts parts, Path data) throws IOException {
        if (parts.isSet(QUOTA_VARIABLE)) {
            return parts.variables().getOrDefault(QUOTA_VARIABLE, "");
        }
        Path file = data.resolve(QUOTA_FILE);
        if (Files.notExists(file)) {
            PrivateFiles.write(file, standardQuotas());
        }
        return file.toString();
    }

    /** The plans that come with the program, {@code conf/quota.json}. */
    private static String standardQuotas() throws IOException {
        try (InputStream in = LocalAccounts.class.getResourceAsStream(QUOTA_FILE)) {
            if (in == null) {
                throw new IOException("the program has no " + QUOTA_FILE + " in it: build it anew");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
