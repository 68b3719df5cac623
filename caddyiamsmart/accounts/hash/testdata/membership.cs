// Prints what ASP.NET Membership of Mono (System.Web) keeps of a password:
//	mcs -r:System.Web -r:System.Web.ApplicationServices -r:System.Configuration membership.cs && mono membership.exe <password> <salt in Base64>
using System;
using System.Reflection;
using System.Web.Security;

class Membership {
	static void Main(string[] args) {
		var flags = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
		var encode = typeof(SqlMembershipProvider).GetMethod("EncodePassword", flags, null,
			new Type[] { typeof(string), typeof(MembershipPasswordFormat), typeof(string) }, null);
		Console.WriteLine(encode.Invoke(new SqlMembershipProvider(),
			new object[] { args[0], MembershipPasswordFormat.Hashed, args[1] }));
	}
}
