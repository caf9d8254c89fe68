-- What the groups of a federation say of all of their members, as JSON; what is held of federations is looked at again.
ALTER TABLE saml_entity ADD COLUMN said_of_groups TEXT;
UPDATE saml_federation SET digest = '';
