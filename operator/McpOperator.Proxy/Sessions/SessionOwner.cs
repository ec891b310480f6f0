using System.Security.Cryptography;
using System.Text;
using McpOperator.Policy;

namespace McpOperator.Proxy.Sessions;

/// <summary>Whose a session is: nobody else can use it, even if its id is stolen.</summary>
internal static class SessionOwner
{
    /// <summary>The caller as a short text. All callers without a token are one.</summary>
    public static string Of(Caller caller) => !caller.IsAuthenticated
        ? ""
        : Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.User?.Length ?? -1}:{caller.User}\n{caller.Agent}")).AsSpan(0, 15));
}
