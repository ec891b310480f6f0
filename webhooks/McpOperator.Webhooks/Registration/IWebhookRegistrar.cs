namespace McpOperator.Webhooks.Registration;

/// <summary>Tells API servers how to reach the webhooks, and whom to trust there.</summary>
internal interface IWebhookRegistrar
{
    /// <summary>Makes the configurations carry a bundle of authorities.</summary>
    /// <returns>Whether all of them do. If not, the log says why, once.</returns>
    Task<bool> PublishAsync(byte[] bundle, CancellationToken ct);
}
