using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Web.Script.Serialization;

/// <summary>Who is calling, by the signed assertion of the gate. It needs .NET Framework 4.5 or newer, or Mono, and
/// nothing else. `algorithm RS256` must stand in the Caddyfile.</summary>
public sealed class Assertion
{
	const int Leeway = 30; // seconds by which the two clocks may differ
	static readonly TimeSpan Kept = TimeSpan.FromMinutes(10), Again = TimeSpan.FromSeconds(30);
	static readonly DateTime Epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

	readonly string gate, audience, address;
	readonly object mutex = new object();
	Dictionary<string, RSAParameters> keys = new Dictionary<string, RSAParameters>();
	DateTime readAt = DateTime.MinValue;

	/// <param name="gate">the public address of the site</param>
	/// <param name="audience">what stands behind `audience` in the Caddyfile</param>
	/// <param name="keys">the address of the gate's keys as this server reaches it</param>
	public Assertion(string gate, string audience, string keys)
	{
		this.gate = gate;
		this.audience = audience;
		address = keys;
	}

	/// <summary>Returns the claims of a JWT that this gate has signed for this application just now, and throws for
	/// any other.</summary>
	public IDictionary<string, object> Verify(string jwt)
	{
		var parts = (jwt ?? "").Split('.');
		if (parts.Length != 3) throw new SecurityException("no assertion");
		var header = Object(parts[0]);
		// The algorithm is ours to choose, never the sender's; and no key comes with the token.
		if (Text(header, "alg") != "RS256") throw new SecurityException("not signed as agreed");
		using (var rsa = new RSACryptoServiceProvider())
		{
			rsa.ImportParameters(Key(Text(header, "kid")));
			var text = Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]);
			if (!rsa.VerifyData(text, "SHA256", Bytes(parts[2]))) throw new SecurityException("the signature does not fit");
		}
		var claims = Object(parts[1]);
		var now = (long)(DateTime.UtcNow - Epoch).TotalSeconds;
		if (Text(claims, "iss") != gate || Text(claims, "aud") != audience || Text(claims, "sub") == ""
			|| Convert.ToInt64(claims["exp"]) + Leeway < now || Convert.ToInt64(claims["nbf"]) - Leeway > now)
			throw new SecurityException("not for this application, or not for now");
		return claims;
	}

	// Reads the published keys, and keeps them. A key that it does not know may be a new one.
	RSAParameters Key(string kid)
	{
		lock (mutex)
		{
			var age = DateTime.UtcNow - readAt;
			if (age > Kept || !keys.ContainsKey(kid) && age > Again)
			{
				var request = (HttpWebRequest)WebRequest.Create(address);
				request.Timeout = request.ReadWriteTimeout = 5000;
				request.AllowAutoRedirect = false;
				using (var answer = request.GetResponse())
				using (var reader = new StreamReader(answer.GetResponseStream()))
				{
					var read = new Dictionary<string, RSAParameters>();
					var set = (IDictionary<string, object>)new JavaScriptSerializer().DeserializeObject(reader.ReadToEnd());
					foreach (IDictionary<string, object> k in (IEnumerable)set["keys"])
						if (Text(k, "kty") == "RSA")
							read[Text(k, "kid")] = new RSAParameters { Modulus = Bytes(Text(k, "n")), Exponent = Bytes(Text(k, "e")) };
					keys = read;
					readAt = DateTime.UtcNow;
				}
			}
			RSAParameters key;
			if (!keys.TryGetValue(kid, out key)) throw new SecurityException("signed with an unknown key");
			return key;
		}
	}

	static IDictionary<string, object> Object(string part)
	{
		var read = new JavaScriptSerializer().DeserializeObject(Encoding.UTF8.GetString(Bytes(part))) as IDictionary<string, object>;
		if (read == null) throw new SecurityException("no assertion");
		return read;
	}

	static string Text(IDictionary<string, object> from, string name)
	{
		object value;
		return from.TryGetValue(name, out value) && value is string ? (string)value : "";
	}

	static byte[] Bytes(string text)
	{
		text = text.Replace('-', '+').Replace('_', '/');
		return Convert.FromBase64String(text + new string('=', (4 - text.Length % 4) % 4));
	}
}
