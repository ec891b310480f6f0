namespace McpOperator.Signatures.Registry;

/// <summary>A way to log in to a registry. Its text shows no secret.</summary>
/// <param name="User">The user; empty with an identity token.</param>
/// <param name="Password">The password.</param>
/// <param name="IdentityToken">A refresh token for the registry's token server, used instead of user and password.</param>
internal sealed record RegistryCredential(string User, string Password, string? IdentityToken)
{
    public override string ToString() => IdentityToken is null ? "user and password" : "identity token";
}
