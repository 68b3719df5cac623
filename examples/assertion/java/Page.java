import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A page that believes the assertion and nothing else. In a servlet it is request.getHeader that gives it. */
public final class Page {
	public static void main(String[] args) throws Exception {
		String gate = setting("GATE", "https://records.example.com");
		Assertion assertion = new Assertion(gate, "records", URI.create(setting("GATE_KEYS", gate + "/iamsmart/jwks.json")));
		int port = Integer.parseInt(setting("PORT", "8080"));
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
		server.createContext("/", exchange -> {
			int status = 403;
			String body = "Not through the gate.";
			try {
				String jwt = exchange.getRequestHeaders().getFirst("X-IAmSmart-Assertion");
				body = "<p id=\"user\">" + html(assertion.verify(jwt == null ? "" : jwt).get("sub").getAsString()) + "</p>";
				status = 200;
			} catch (Exception e) {
				System.err.println("assertion refused: " + e.getMessage());
			}
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
			exchange.sendResponseHeaders(status, bytes.length);
			exchange.getResponseBody().write(bytes);
			exchange.close();
		});
		server.start();
	}

	private static String setting(String name, String otherwise) {
		String value = System.getenv(name);
		return value == null ? otherwise : value;
	}

	private static String html(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
	}
}
