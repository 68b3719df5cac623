using System;
using System.Net;
using System.Text;

/// <summary>A page that believes the assertion and nothing else. In ASP.NET it is Request.Headers that gives it.</summary>
public static class Page
{
	public static void Main()
	{
		var gate = Setting("GATE", "https://records.example.com");
		var assertion = new Assertion(gate, "records", Setting("GATE_KEYS", gate + "/iamsmart/jwks.json"));
		var server = new HttpListener();
		server.Prefixes.Add("http://127.0.0.1:" + Setting("PORT", "8080") + "/");
		server.Start();
		while (true)
		{
			var exchange = server.GetContext();
			var status = 403;
			var body = "Not through the gate.";
			try
			{
				body = "<p id=\"user\">" + WebUtility.HtmlEncode((string)assertion.Verify(exchange.Request.Headers["X-IAmSmart-Assertion"])["sub"]) + "</p>";
				status = 200;
			}
			catch (Exception e)
			{
				Console.Error.WriteLine("assertion refused: " + e.Message);
			}
			var bytes = Encoding.UTF8.GetBytes(body);
			exchange.Response.StatusCode = status;
			exchange.Response.ContentType = "text/html; charset=utf-8";
			exchange.Response.OutputStream.Write(bytes, 0, bytes.Length);
			exchange.Response.Close();
		}
	}

	static string Setting(string name, string otherwise)
	{
		return Environment.GetEnvironmentVariable(name) ?? otherwise;
	}
}
