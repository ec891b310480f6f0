-- A session that has ended or was revoked is as it should be, and lets nobody in.
local function is(status, message) return { status = status, message = message } end

if obj.status and obj.status.observedGeneration == obj.metadata.generation then
  for _, c in ipairs(obj.status.conditions or {}) do
    if c.type == "Active" then
      if c.status == "True" then return is("Healthy", c.reason) end
      if c.reason == "Expired" or c.reason == "Revoked" then return is("Suspended", c.message) end
      if c.status == "False" then return is("Degraded", c.reason .. ": " .. (c.message or "")) end
      return is("Progressing", c.message)
    end
  end
end
return is("Progressing", "The operator has not looked at this version yet.")
