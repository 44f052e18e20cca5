/** The providers and the gateway before a real events service, with workers that a test writes. */
package com.busdk.cli.provider;
