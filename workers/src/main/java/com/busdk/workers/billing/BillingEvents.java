package com.busdk.workers.billing;

/** Names of the events (contracts of billing and of the Events API's access table). Stateless. */
final class BillingEvents {
    static final String ENTITLEMENT = "bus.billing.entitlement.check.request";
    static final String STATUS = "bus.billing.status.request";
    static final String CHECKOUT = "bus.billing.checkout_session.request";
    static final String PORTAL = "bus.billing.portal_session.request";
    static final String EXPORT = "bus.billing.usage.export.request";

    /** How a provider tells of a subscription. */
    static final String UPDATE = "bus.billing.subscription.update";

    /** Its answer. */
    static final String UPDATED = "bus.billing.subscription.result";

    /** What a payment provider is asked with {@code --provider-backend events}. */
    static final String PROVIDER_CHECKOUT = "bus.stripe.checkout.session.request";

    static final String PROVIDER_PORTAL = "bus.stripe.portal.session.request";

    private BillingEvents() {}
}
