package com.busdk.workers.billing;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.client.text.Echo;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.store.StoreLocation;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * All settings of the billing worker, checked. Immutable.
 *
 * @param database where its tables are
 * @param plans what is limited
 * @param provider who takes payments
 * @param localBaseUrl below which the local provider's pages are
 */
record BillingOptions(DatabaseLocation database, Plans plans, Provider provider, URI localBaseUrl) {
    /** A page that cannot be: the top-level domain is kept for that (RFC 6761, section 6.4). */
    static final URI DEFAULT_BASE_URL = URI.create("https://billing.invalid");

    private static final StoreLocation.Names STORE = new StoreLocation.Names(
            "store-backend", "BUS_BILLING_STORE_BACKEND", "BUS_BILLING_DATABASE_URL", "billing.db");
    private static final String QUOTAS = "quota-config";
    private static final String PROVIDER = "provider-backend";
    private static final String BASE_URL = "local-base-url";

    static final List<WorkerFlag> FLAGS = List.of(
            WorkerFlag.value(STORE.flag(), "memory|sqlite|postgres", STORE.help()),
            WorkerFlag.file(
                    QUOTAS, "JSON file of plans and their quotas (BUS_BILLING_QUOTA_CONFIG); default: no limits"),
            WorkerFlag.value(
                    PROVIDER,
                    "local|events",
                    "who takes payments (BUS_BILLING_PROVIDER_BACKEND): nobody, and setup activates at once; or a"
                            + " provider's worker, asked by bus.stripe.* events; default local"),
            WorkerFlag.value(
                    BASE_URL,
                    "URL",
                    "below which the local provider's pages are (BUS_BILLING_LOCAL_BASE_URL); default "
                            + DEFAULT_BASE_URL));

    /** What {@code --provider-backend} takes. */
    enum Provider {
        /** Nobody: setup activates at once. */
        LOCAL,
        /** A worker that is asked by events. */
        EVENTS
    }

    /**
     * Reads them, and the file of {@code --quota-config}: for the start.
     *
     * @throws ConfigException if anything is wrong; the message names it
     */
    static BillingOptions read(Map<String, String> flags, Map<String, String> environment) {
        Settings settings = new Settings("BUS_BILLING_", flags, environment);
        return new BillingOptions(
                StoreLocation.read(STORE, flags, environment),
                settings.read(QUOTAS, Path::of)
                        .map(file -> QuotaFile.read(settings.describe(QUOTAS), file))
                        .orElse(Plans.NONE),
                settings.oneOf(PROVIDER, Provider.class, Provider.LOCAL),
                settings.read(BASE_URL, BillingOptions::baseUrl).orElse(DEFAULT_BASE_URL));
    }

    /** Whether a browser can be sent there. */
    static boolean isWeb(URI uri) {
        return ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme())) && uri.getHost() != null;
    }

    private static URI baseUrl(String text) {
        try {
            URI uri = new URI(text.strip());
            if (isWeb(uri)
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return uri;
            }
        } catch (URISyntaxException _) {
            // said below
        }
        throw new IllegalArgumentException(
                Echo.quote(text) + " is not the beginning of a page's URL: write one such as " + DEFAULT_BASE_URL);
    }
}
