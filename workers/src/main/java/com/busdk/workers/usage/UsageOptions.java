package com.busdk.workers.usage;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.store.StoreLocation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All settings of the usage worker, checked. Immutable.
 *
 * @param database where the records are
 * @param policy what is billed
 */
record UsageOptions(DatabaseLocation database, ExportPolicy policy) {
    private static final StoreLocation.Names STORE =
            new StoreLocation.Names("usage-backend", "BUS_USAGE_BACKEND", "BUS_USAGE_DATABASE_URL", "usage.db");
    private static final String EXPORT = "billing-export";
    private static final String POLICY = "billing-export-policy";

    static final List<WorkerFlag> FLAGS = List.of(
            WorkerFlag.value(STORE.flag(), "memory|sqlite|postgres", STORE.help()),
            WorkerFlag.value(
                    EXPORT,
                    "none|default|file",
                    "what is handed on to be billed (BUS_USAGE_BILLING_EXPORT): nothing; tokens and container seconds;"
                            + " or what --" + POLICY + " says; default none"),
            WorkerFlag.file(
                    POLICY,
                    "JSON file of what is billed (BUS_USAGE_BILLING_EXPORT_POLICY), for --billing-export file"));

    /** What {@code --billing-export} takes. */
    enum Export {
        /** Nothing is billed. */
        NONE,
        /** What the contract says. */
        DEFAULT,
        /** What a file says. */
        FILE
    }

    /**
     * Reads them, and the file of {@code --billing-export-policy}: for the start.
     *
     * @throws ConfigException if anything is wrong; the message names it
     */
    static UsageOptions read(Map<String, String> flags, Map<String, String> environment) {
        Settings settings = new Settings("BUS_USAGE_", flags, environment);
        Optional<String> file = settings.find(POLICY);
        Export export = settings.oneOf(EXPORT, Export.class, file.isPresent() ? Export.FILE : Export.NONE);
        if (file.isPresent() && export != Export.FILE) {
            throw new ConfigException(
                    settings.describe(POLICY),
                    "is given, and " + settings.describe(EXPORT) + " is not file: leave out one of them");
        }
        ExportPolicy policy = switch (export) {
            case NONE -> ExportPolicy.NONE;
            case DEFAULT -> ExportPolicy.DEFAULT;
            case FILE ->
                ExportPolicyFile.read(
                        settings.describe(POLICY), Path.of(settings.required(POLICY, "for --" + EXPORT + " file")));
        };
        return new UsageOptions(StoreLocation.read(STORE, flags, environment), policy);
    }
}
