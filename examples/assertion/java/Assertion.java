import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonElement;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/** Who is calling, by the signed assertion of the gate. It needs Java 11 or newer, and Gson. */
public final class Assertion {
	private static final long LEEWAY = 30; // seconds by which the two clocks may differ
	private static final Duration KEPT = Duration.ofMinutes(10);
	private static final Duration AGAIN = Duration.ofSeconds(30);

	private final String gate;
	private final String audience;
	private final URI address;
	private Map<String, PublicKey> keys = Map.of();
	private Instant readAt = Instant.EPOCH;

	/**
	 * @param gate the public address of the site
	 * @param audience what stands behind {@code audience} in the Caddyfile
	 * @param keys the address of the gate's keys as this server reaches it
	 */
	public Assertion(String gate, String audience, URI keys) {
		this.gate = gate;
		this.audience = audience;
		this.address = keys;
	}

	/** Returns the claims of a JWT that this gate has signed for this application just now, and throws for any other. */
	public JsonObject verify(String jwt) throws Exception {
		String[] parts = jwt.split("\\.", -1);
		if (parts.length != 3) throw new GeneralSecurityException("no assertion");
		JsonObject header = object(parts[0]);
		// The algorithm is ours to choose, never the sender's; and no key comes with the token.
		if (!"ES256".equals(text(header, "alg"))) throw new GeneralSecurityException("not signed as agreed");
		Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
		signature.initVerify(key(text(header, "kid")));
		signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
		if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) throw new GeneralSecurityException("the signature does not fit");
		JsonObject claims = object(parts[1]);
		long now = Instant.now().getEpochSecond();
		if (!gate.equals(text(claims, "iss")) || !audience.equals(text(claims, "aud")) || text(claims, "sub").isEmpty()
				|| claims.get("exp").getAsLong() + LEEWAY < now || claims.get("nbf").getAsLong() - LEEWAY > now) {
			throw new GeneralSecurityException("not for this application, or not for now");
		}
		return claims;
	}

	/** Reads the published keys, and keeps them. A key that it does not know may be a new one. */
	private synchronized PublicKey key(String kid) throws Exception {
		Duration age = Duration.between(readAt, Instant.now());
		if (age.compareTo(KEPT) > 0 || !keys.containsKey(kid) && age.compareTo(AGAIN) > 0) {
			HttpResponse<String> answer = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build().send(
					HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(5)).build(), HttpResponse.BodyHandlers.ofString());
			if (answer.statusCode() != 200) throw new GeneralSecurityException("the keys cannot be read");
			Map<String, PublicKey> read = new HashMap<>();
			for (JsonElement one : new Gson().fromJson(answer.body(), JsonObject.class).getAsJsonArray("keys")) {
				JsonObject k = one.getAsJsonObject();
				if ("EC".equals(text(k, "kty")) && "P-256".equals(text(k, "crv"))) read.put(text(k, "kid"), publicKey(k));
			}
			keys = read;
			readAt = Instant.now();
		}
		PublicKey key = keys.get(kid);
		if (key == null) throw new GeneralSecurityException("signed with an unknown key");
		return key;
	}

	private static PublicKey publicKey(JsonObject k) throws GeneralSecurityException {
		AlgorithmParameters curve = AlgorithmParameters.getInstance("EC");
		curve.init(new ECGenParameterSpec("secp256r1"));
		ECPoint point = new ECPoint(number(text(k, "x")), number(text(k, "y")));
		return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, curve.getParameterSpec(ECParameterSpec.class)));
	}

	private static BigInteger number(String text) {
		return new BigInteger(1, Base64.getUrlDecoder().decode(text));
	}

	private static JsonObject object(String part) {
		return new Gson().fromJson(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8), JsonObject.class);
	}

	private static String text(JsonObject o, String name) {
		JsonElement e = o.get(name);
		return e != null && e.isJsonPrimitive() && e.getAsJsonPrimitive().isString() ? e.getAsString() : "";
	}
}
